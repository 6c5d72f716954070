package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.share.Queues;
import io.sluice.kafka.connection.Attachment;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.share.ShareSession.Owner;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Members that read here: opens, finds and closes their sessions, for ShareFetch and
 * ShareAcknowledge alike. When a connection goes, so do its sessions, and what their members hold
 * is free at once.
 */
public final class ShareReaders {

    private final Queues queues;
    private final ShareSessions sessions;

    public ShareReaders(Queues queues, int maxReaders) {
        this.queues = queues;
        this.sessions = new ShareSessions(maxReaders);
    }

    /** The sessions of one connection, all of which go with it. */
    private static final class OfConnection implements Attachment {
        private final ShareReaders readers;
        private final EventLoop loop;
        private final Map<Owner, ShareSession> open = new HashMap<>(2);

        OfConnection(ShareReaders readers, EventLoop loop) {
            this.readers = readers;
            this.loop = loop;
        }

        @Override
        public void connectionGone() {
            for (ShareSession session : open.values()) {
                if (!readers.sessions.close(session)) {
                    continue; // the member came back by another connection
                }
                for (ShareKey queue : session.queues()) {
                    readers.queues.leave(
                            queue, session.owner().memberId(), true, loop, error -> {});
                }
            }
        }
    }

    /** A new session, or null if there is no room. */
    @Nullable ShareSession open(KafkaRequest request, Owner owner) {
        ShareSession session = sessions.open(owner, request.connectionId());
        if (session != null) {
            OfConnection kept = request.attachment(OfConnection.class);
            if (kept == null) {
                kept = new OfConnection(this, request.loop());
                request.attach(OfConnection.class, kept);
            }
            kept.open.put(owner, session);
        }
        return session;
    }

    /** The session that goes on with that epoch; or why there is none. */
    ErrorCode find(KafkaRequest request, Owner owner, int epoch, Consumer<ShareSession> found) {
        ShareSession session = sessions.find(owner, request.connectionId());
        if (session == null) {
            return ErrorCode.SHARE_SESSION_NOT_FOUND;
        }
        if (epoch != ShareSessions.FINAL_EPOCH && !session.advance(epoch)) {
            return ErrorCode.INVALID_SHARE_SESSION_EPOCH;
        }
        found.accept(session);
        return ErrorCode.NONE;
    }

    /** Whether there is room for what a session has by now; if not, it is closed. */
    boolean fits(KafkaRequest request, ShareSession session) {
        boolean fits = sessions.resized(session);
        if (!fits) {
            close(request, session);
        }
        return fits;
    }

    /** A member reads no more; what it holds is another matter. */
    void close(KafkaRequest request, ShareSession session) {
        sessions.close(session);
        OfConnection kept = request.attachment(OfConnection.class);
        if (kept != null) {
            kept.open.remove(session.owner(), session);
        }
    }
}
