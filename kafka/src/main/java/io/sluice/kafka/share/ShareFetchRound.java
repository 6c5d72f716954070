package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.engine.share.Delivery;
import io.sluice.engine.share.Demand;
import io.sluice.engine.share.Demand.Wanted;
import io.sluice.engine.share.Queues;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.jspecify.annotations.Nullable;

/**
 * One ShareFetch until it is answered: what became of earlier records is told to the queues first,
 * then they are asked for more, and the answer waits for both. Owned by the connection's loop.
 * Records that were taken belong to the round until the answer has them.
 */
final class ShareFetchRound {

    /** How long a fetch may wait, whatever the client asks. */
    private static final int MAX_WAIT_MS = 60_000;

    /** Records of one answer, whatever the client asks. */
    private static final int MAX_RECORDS = 1_000_000;

    /** Not a record more than was asked for, though a batch is cut (KIP-1206). */
    private static final byte RECORD_LIMIT = 1;

    private final KafkaServices services;
    private final KafkaRequest request;
    private final ShareFetchRequestData data;
    private final ShareSession session;
    private final Map<ShareKey, Settled> settled;
    private final Map<ShareKey, ErrorCode> errors = new LinkedHashMap<>();
    private final AllAnswered all = new AllAnswered();
    private List<Delivery> deliveries = List.of();
    private Queues.@Nullable Taking taking;
    private boolean taken;
    private boolean gone;

    ShareFetchRound(
            KafkaServices services,
            KafkaRequest request,
            ShareFetchRequestData data,
            ShareSession session,
            Map<ShareKey, Settled> settled) {
        this.services = services;
        this.request = request;
        this.data = data;
        this.session = session;
        this.settled = settled;
    }

    private Queues queues() {
        return services.shares().queues();
    }

    private String member() {
        return session.owner().memberId();
    }

    /**
     * @param last the session ends: nothing is fetched, and what the member holds is free again
     */
    void begin(boolean last) {
        request.onAbandon(this::abandon);
        settled.forEach(this::settle);
        if (last) {
            session.queues().forEach(this::leave);
        } else if (data.maxRecords() > 0 && data.maxBytes() > 0 && !data.isRenewAck()) {
            take(session.wanted());
        }
        all.then(this::answer);
    }

    private void settle(ShareKey queue, Settled said) {
        if (said.error() != ErrorCode.NONE) {
            errors.put(queue, said.error());
            return;
        }
        all.ask(done ->
                queues().acknowledge(
                                queue,
                                member(),
                                said.items(),
                                request.loop(),
                                error -> {
                                    errors.put(queue, error);
                                    done.run();
                                }));
    }

    /** Nobody saw what is held yet: it was no delivery. */
    private void leave(ShareKey queue) {
        all.ask(done ->
                queues().leave(queue, member(), false, request.loop(), error -> done.run()));
    }

    private void take(List<Wanted> wanted) {
        if (wanted.isEmpty()) {
            return;
        }
        Demand demand =
                new Demand(
                        new Who(member(), request.clientId(), request.clientAddress()),
                        wanted,
                        Math.min(data.maxRecords(), MAX_RECORDS),
                        data.shareAcquireMode() == RECORD_LIMIT,
                        Math.clamp(data.batchSize(), 1, MAX_RECORDS),
                        Math.min(data.maxBytes(), services.fetchMaxBytes()),
                        Math.clamp(data.minBytes(), 0, services.fetchMaxBytes()),
                        Math.clamp(data.maxWaitMs(), 0, MAX_WAIT_MS));
        request.onHurry(this::hurry);
        request.onFollowed(this::hurry);
        all.ask(done -> {
            Queues.Taking begun =
                    queues().take(
                                    demand,
                                    request.loop(),
                                    given -> {
                                        taken = true;
                                        taking = null;
                                        deliveries = given;
                                        if (gone) {
                                            giveBack();
                                        } else {
                                            done.run();
                                        }
                                    });
            taking = taken ? null : begun; // the answer may be there at once
        });
    }

    private void hurry() {
        if (taking != null) {
            taking.hurry();
        }
    }

    private void answer() {
        if (gone) {
            return;
        }
        request.guarded(() -> {
            ShareFetchAnswer answer =
                    new ShareFetchAnswer(
                            services,
                            request.listener(),
                            (int) services.shares().rules().apply(data.groupId()).share().lockMs());
            errors.forEach(answer::settled);
            deliveries.forEach(answer::given);
            // Takes the records over; or, if it cannot be written, ends the round by abandon().
            request.reply(answer.response());
            deliveries = List.of();
        });
    }

    private void abandon() {
        gone = true;
        Queues.Taking underWay = taking;
        taking = null;
        if (underWay != null) {
            underWay.cancel();
        }
        giveBack();
    }

    private void giveBack() {
        for (Delivery delivery : deliveries) {
            if (!delivery.acquired().isEmpty()) {
                queues().giveBack(delivery.key(), member(), delivery.acquired());
            }
            if (delivery.records() != null) {
                delivery.records().release();
            }
        }
        deliveries = List.of();
    }
}
