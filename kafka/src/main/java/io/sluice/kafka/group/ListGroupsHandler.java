package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;

/** ListGroups, versions 0 to 5, filtered by state (KIP-518) and type (KIP-848). */
public final class ListGroupsHandler implements ApiHandler {

    private final KafkaServices services;

    public ListGroupsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.LIST_GROUPS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ListGroupsRequestData data = request.message(ListGroupsRequestData.class);
        ListGroupsResponseData response = new ListGroupsResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (int i = 0; i < services.groups().topic().partitions(); i++) {
            gathering.ask(
                    i,
                    new GroupCommand.ListAll(),
                    GroupReply.Listed.class,
                    listed -> add(data, listed, response),
                    error -> {
                        // Groups of other brokers are listed by them.
                        if (error != ErrorCode.NOT_COORDINATOR) {
                            response.setErrorCode(error.code());
                        }
                    });
        }
        gathering.go(() -> request.reply(response));
    }

    private static void add(
            ListGroupsRequestData data, GroupReply.Listed listed, ListGroupsResponseData response) {
        for (GroupReply.ListedGroup group : listed.groups()) {
            String type = group.type().shown();
            if (matches(data.statesFilter(), group.state().shown())
                    && matches(data.typesFilter(), type)) {
                response.groups()
                        .add(
                                new ListedGroup()
                                        .setGroupId(group.group())
                                        .setProtocolType(group.protocolType())
                                        .setGroupState(group.state().shown())
                                        .setGroupType(type));
            }
        }
    }

    private static boolean matches(List<String> filter, String value) {
        return filter.isEmpty() || filter.stream().anyMatch(value::equalsIgnoreCase);
    }
}
