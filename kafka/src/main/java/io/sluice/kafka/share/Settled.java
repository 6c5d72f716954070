package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.kafka.codec.AgainField;
import java.util.ArrayList;
import java.util.List;

/**
 * What a member says of records of one queue, read batch by batch: each a range with one type for
 * all of it, or with one for each record (KIP-932).
 */
final class Settled {

    private final boolean mayRenew;
    private final List<Acknowledgement> items = new ArrayList<>();
    private long next;
    private ErrorCode error = ErrorCode.NONE;

    /**
     * @param mayRenew whether the request is one that keeps records for longer, and the group
     *     allows it
     */
    Settled(boolean mayRenew) {
        this.mayRenew = mayRenew;
    }

    /** INVALID_REQUEST if what was said makes no sense. */
    ErrorCode error() {
        return error;
    }

    List<Acknowledgement> items() {
        return items;
    }

    void add(long first, long last, List<Byte> types) {
        add(first, last, types, AgainField.NONE);
    }

    /**
     * @param againAtMs of those that are released: not delivered before; or {@link AgainField#NONE}
     */
    void add(long first, long last, List<Byte> types, long againAtMs) {
        boolean ordered = first >= next && last >= first && last < Long.MAX_VALUE;
        boolean each = types.size() > 1;
        if (!ordered || types.isEmpty() || (each && types.size() != last - first + 1)) {
            error = ErrorCode.INVALID_REQUEST;
            return;
        }
        next = last + 1;
        if (!each) {
            put(first, last, types.getFirst(), againAtMs);
            return;
        }
        int from = 0;
        for (int i = 1; i <= types.size(); i++) {
            if (i == types.size() || !types.get(i).equals(types.get(from))) {
                put(first + from, first + i - 1, types.get(from), againAtMs);
                from = i;
            }
        }
    }

    private void put(long first, long last, byte code, long againAtMs) {
        if (!Acknowledgement.Type.known(code)
                || (Acknowledgement.Type.of(code) == Type.RENEW && !mayRenew)) {
            error = ErrorCode.INVALID_REQUEST;
            return;
        }
        Type type = Type.of(code);
        long againMs = type == Type.RELEASE ? againAtMs : AgainField.NONE;
        items.add(new Acknowledgement(first, last, type, againMs));
    }
}
