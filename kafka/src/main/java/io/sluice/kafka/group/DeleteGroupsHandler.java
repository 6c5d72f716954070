package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.LinkedHashSet;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;

/** DeleteGroups, versions 0 to 3: groups without members, each by itself. */
public final class DeleteGroupsHandler implements ApiHandler {

    private final KafkaServices services;

    public DeleteGroupsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DELETE_GROUPS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DeleteGroupsRequestData data = request.message(DeleteGroupsRequestData.class);
        DeleteGroupsResponseData response = new DeleteGroupsResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (String group : new LinkedHashSet<>(data.groupsNames())) {
            DeletableGroupResult result = new DeletableGroupResult().setGroupId(group);
            response.results().add(result);
            gathering.ask(
                    group,
                    new GroupCommand.Delete(group),
                    GroupReply.Done.class,
                    done -> result.setErrorCode(done.error().code()),
                    error -> result.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }
}
