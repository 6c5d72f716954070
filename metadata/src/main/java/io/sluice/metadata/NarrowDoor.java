package io.sluice.metadata;

import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * Refuses calls from outside that no broker of ours makes, deleting the log among them; and all of
 * them until the broker has something to tell.
 */
final class NarrowDoor implements ServerInterceptor {

    private final BooleanSupplier open;

    private NarrowDoor(BooleanSupplier open) {
        this.open = open;
    }

    private static final Set<String> REFUSED =
            Set.of("groupManagement", "snapshotManagement", "leaderElectionManagement");

    static Parameters parameters(BooleanSupplier open) {
        Parameters parameters = new Parameters();
        GrpcConfigKeys.Server.setServicesCustomizer(
                parameters, (builder, types) -> builder.intercept(new NarrowDoor(open)));
        return parameters;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (!open.getAsBoolean()) {
            call.close(Status.UNAVAILABLE.withDescription("not open yet"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        String method = call.getMethodDescriptor().getBareMethodName();
        if (method != null && REFUSED.contains(method)) {
            call.close(
                    Status.PERMISSION_DENIED.withDescription(method + " is refused"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }
}
