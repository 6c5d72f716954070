package io.sluice.engine.share;

import io.sluice.core.config.IsoDuration;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.Facts;
import io.sluice.core.share.KeyHash;
import io.sluice.core.share.SharePartition.Span;
import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The records of some batches as a queue knows them that looks into them. Neighbours of one batch
 * with the same facts are one span. Used once, by one thread at a time; it may wait for the device.
 *
 * <p>What a record says in vain counts as if it did not say it, and a batch that cannot be read is
 * delivered as if nobody had looked: whoever gets it has to find out. Neither stops a queue.
 */
final class RecordSpans {

    /** 0 to 9, as text or as one byte. */
    static final String PRIORITY = "sluice-priority";

    /** Milliseconds, or a duration of ISO 8601, from the record's timestamp on. */
    static final String TTL = "sluice-ttl";

    /** Milliseconds since 1970. */
    static final String EXPIRES_AT = "sluice-expires-at";

    private static final byte[] PRIORITY_NAME = PRIORITY.getBytes(StandardCharsets.UTF_8);
    private static final byte[] TTL_NAME = TTL.getBytes(StandardCharsets.UTF_8);
    private static final byte[] EXPIRES_AT_NAME = EXPIRES_AT.getBytes(StandardCharsets.UTF_8);

    private static final int MAX_PRIORITY = 9;
    private static final int MAX_DIGITS = 18;
    private static final int MAX_TEXT = 40;
    private static final long NOT_SAID = -1;

    /** Of records without a key and an end. */
    private static final Facts[] BY_PRIORITY = new Facts[MAX_PRIORITY + 1];

    static {
        for (int priority = 0; priority <= MAX_PRIORITY; priority++) {
            BY_PRIORITY[priority] = new Facts(false, 0L, priority, Facts.NEVER);
        }
        BY_PRIORITY[0] = Facts.PLAIN;
    }

    private final Sight sight;
    private final Codecs codecs;
    private final long from;
    private final List<Span> spans = new ArrayList<>();

    // Records of the batch that are not among the spans yet.
    private long first;
    private long last;
    private Facts facts = Facts.PLAIN;
    private boolean open;

    private int faults;
    private String firstFault = "";

    /**
     * @param from records before it are left out
     */
    RecordSpans(Sight sight, Codecs codecs, long from) {
        this.sight = sight;
        this.codecs = codecs;
        this.from = from;
    }

    List<Span> spans() {
        return spans;
    }

    /** What records and batches said in vain. */
    int faults() {
        return faults;
    }

    /** The first of them; empty if there are none. */
    String firstFault() {
        return firstFault;
    }

    /**
     * Reads batches of a slice.
     *
     * @param places in order, and at least one
     */
    void read(FileSlice slice, List<Page.Place> places) throws IOException {
        int start = places.getFirst().position();
        ByteBuffer bytes = ByteBuffer.allocate(places.getLast().end() - start);
        while (bytes.hasRemaining()) {
            if (slice.read(bytes, start + (long) bytes.position()) <= 0) {
                throw new IOException("the log ends inside a batch");
            }
        }
        for (Page.Place place : places) {
            BatchHeader header = place.header();
            read(header, bytes.slice(place.position() - start, header.sizeInBytes()));
        }
    }

    private void read(BatchHeader header, ByteBuffer bytes) {
        int before = spans.size();
        open = false;
        try {
            RecordReader records = RecordReader.of(header, bytes, codecs);
            long next = header.baseOffset();
            while (records.next()) {
                long offset = records.offset();
                if (offset < next || offset > header.lastOffset()) {
                    throw new RecordFormatException("a record has an offset out of order");
                }
                next = offset + 1;
                if (offset >= from) {
                    put(offset, factsOf(records));
                }
            }
            close();
        } catch (RecordFormatException e) {
            fault(header.baseOffset(), "a batch cannot be read", String.valueOf(e.getMessage()));
            spans.subList(before, spans.size()).clear();
            long begin = Math.max(from, header.baseOffset());
            spans.add(new Span(begin, header.lastOffset(), Facts.PLAIN));
        }
    }

    private void put(long offset, Facts its) {
        if (open && last + 1 == offset && !its.keyed() && its.equals(facts)) {
            last = offset;
            return;
        }
        close();
        open = true;
        first = offset;
        last = offset;
        facts = its;
    }

    private void close() {
        if (open) {
            spans.add(new Span(first, last, facts));
            open = false;
        }
    }

    /** What the queue looks at in a record. */
    Facts factsOf(RecordReader record) throws RecordFormatException {
        int priority = 0;
        long ttlMs = NOT_SAID;
        long expiresAtMs = NOT_SAID;
        if (sight.looksAtHeaders() && record.firstHeader() > 0) {
            while (record.nextHeader()) {
                if (sight.priorities() && record.isHeader(PRIORITY_NAME)) {
                    priority = priority(record);
                } else if (sight.ends() && record.isHeader(TTL_NAME)) {
                    ttlMs = ttlMs(record);
                } else if (sight.ends() && record.isHeader(EXPIRES_AT_NAME)) {
                    expiresAtMs = expiresAtMs(record);
                }
            }
        }
        long endMs = expiresAtMs == NOT_SAID ? Facts.NEVER : expiresAtMs;
        if (ttlMs != NOT_SAID) {
            endMs = Math.min(endMs, after(record.timestamp(), ttlMs));
        }
        if (sight.ttlMs() > 0) {
            endMs = Math.min(endMs, after(record.timestamp(), sight.ttlMs()));
        }
        boolean keyed = sight.keys() && record.hasKey();
        if (!keyed && endMs == Facts.NEVER) {
            return BY_PRIORITY[priority];
        }
        return new Facts(keyed, keyed ? KeyHash.of(record.key()) : 0L, priority, endMs);
    }

    /** Without a timestamp nothing is known of its age. */
    private static long after(long timestamp, long ms) {
        boolean ends = timestamp >= 0 && timestamp < Facts.NEVER - ms;
        return ends ? timestamp + ms : Facts.NEVER;
    }

    private int priority(RecordReader record) {
        ByteBuffer value = record.headerValue();
        int code = value.remaining() == 1 ? value.get(0) : -1;
        int priority = code >= '0' && code <= '9' ? code - '0' : code;
        if (priority < 0 || priority > MAX_PRIORITY) {
            fault(record.offset(), PRIORITY, "give 0 to 9, as text or as one byte");
            return 0;
        }
        return priority;
    }

    private long ttlMs(RecordReader record) {
        String text = text(record.headerValue());
        long ms = number(text);
        if (ms == NOT_SAID) {
            ms = IsoDuration.parseMs(text).orElse(NOT_SAID);
        }
        if (ms == NOT_SAID) {
            fault(record.offset(), TTL, "give milliseconds, or a duration like PT15M");
        }
        return ms;
    }

    private long expiresAtMs(RecordReader record) {
        long ms = number(text(record.headerValue()));
        if (ms == NOT_SAID) {
            fault(record.offset(), EXPIRES_AT, "give milliseconds since 1970");
        }
        return ms;
    }

    private static String text(ByteBuffer value) {
        boolean fits = value.remaining() <= MAX_TEXT;
        return fits ? StandardCharsets.ISO_8859_1.decode(value).toString() : "";
    }

    private static long number(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS) {
            return NOT_SAID;
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return NOT_SAID;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    private void fault(long offset, String what, String why) {
        if (faults++ == 0) {
            firstFault = "%d: %s: %s".formatted(offset, what, why);
        }
    }
}
