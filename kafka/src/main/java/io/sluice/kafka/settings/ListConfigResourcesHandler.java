package io.sluice.kafka.settings;

import io.sluice.core.controller.ClusterImage;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData.ConfigResource;

/**
 * ListConfigResources, versions 0 and 1 (KIP-1142): which resources can have settings; of groups
 * those that have some. Version 0 asks for client metrics alone, and there are none.
 */
public final class ListConfigResourcesHandler implements ApiHandler {

    private static final short FIRST_WITH_TYPES = 1;

    private final KafkaServices services;

    public ListConfigResourcesHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.LIST_CONFIG_RESOURCES;
    }

    @Override
    public void handle(KafkaRequest request) {
        List<Byte> types = request.message(ListConfigResourcesRequestData.class).resourceTypes();
        ListConfigResourcesResponseData response = new ListConfigResourcesResponseData();
        if (request.version() >= FIRST_WITH_TYPES) {
            ClusterImage image = services.metadata().image();
            if (types.isEmpty() || types.contains(ConfigChanges.TOPIC)) {
                image.topics().keySet().forEach(name -> add(response, ConfigChanges.TOPIC, name));
            }
            if (types.isEmpty() || types.contains(ConfigChanges.BROKER)) {
                image.brokers()
                        .keySet()
                        .forEach(id -> add(response, ConfigChanges.BROKER, Integer.toString(id)));
            }
            if (types.isEmpty() || types.contains(ConfigChanges.GROUP)) {
                image.groupConfigs()
                        .keySet()
                        .forEach(name -> add(response, ConfigChanges.GROUP, name));
            }
        }
        request.reply(response);
    }

    private static void add(ListConfigResourcesResponseData response, byte type, String name) {
        response.configResources()
                .add(new ConfigResource().setResourceType(type).setResourceName(name));
    }
}
