package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupState;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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
        List<DeletableGroupResult> shared = new ArrayList<>();
        List<DeletableGroupResult> others = new ArrayList<>();
        Gathering gathering = new Gathering(services.groups(), request);
        for (String group : new LinkedHashSet<>(data.groupsNames())) {
            DeletableGroupResult result = new DeletableGroupResult().setGroupId(group);
            response.results().add(result);
            gathering.ask(
                    group,
                    new GroupCommand.DescribeShares(group),
                    GroupReply.SharesDescribed.class,
                    described -> {
                        if (described.state() == GroupState.EMPTY) {
                            shared.add(result);
                        } else {
                            others.add(result);
                        }
                    },
                    error -> result.setErrorCode(error.code()));
        }
        gathering.go(() -> forgetQueues(request, shared, others, response));
    }

    /** First what their queues remember: a group of that name that comes later finds nothing. */
    private void forgetQueues(
            KafkaRequest request,
            List<DeletableGroupResult> shared,
            List<DeletableGroupResult> others,
            DeleteGroupsResponseData response) {
        AllAnswered all = new AllAnswered();
        for (DeletableGroupResult result : shared) {
            all.ask(done ->
                    services.shares()
                            .known()
                            .deleteGroup(
                                    result.groupId(),
                                    request.loop(),
                                    error ->
                                            request.guarded(() -> {
                                                result.setErrorCode(error.code());
                                                if (error == ErrorCode.NONE) {
                                                    others.add(result);
                                                }
                                                done.run();
                                            })));
        }
        all.then(() -> delete(request, others, response));
    }

    private void delete(
            KafkaRequest request,
            List<DeletableGroupResult> results,
            DeleteGroupsResponseData response) {
        Gathering gathering = new Gathering(services.groups(), request);
        for (DeletableGroupResult result : results) {
            gathering.ask(
                    result.groupId(),
                    new GroupCommand.Delete(result.groupId()),
                    GroupReply.Done.class,
                    done -> result.setErrorCode(done.error().code()),
                    error -> result.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }
}
