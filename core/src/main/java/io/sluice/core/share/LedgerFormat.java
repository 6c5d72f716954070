package io.sluice.core.share;

import io.sluice.core.model.Uuid;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of queues as records (docs/formats/queues.md): the key says whose queue, the value
 * what happened to its records for a while. Most of what happens is a handful of bytes.
 */
public final class LedgerFormat {

    private static final byte VERSION = 0;
    private static final int MAX_VARLONG_BYTES = 10;
    private static final int NUMBERS = 5;

    private LedgerFormat() {}

    /**
     * Whose records.
     *
     * @param topic its name then
     */
    public record Subject(String group, String topic, Uuid topicId, int partition) {}

    /**
     * Who has them.
     *
     * @param client what it calls itself; empty where only the member is known
     * @param address its host; empty where only the member is known
     */
    public record Who(String member, String client, String address) {
        public static final Who NOBODY = new Who("", "", "");
    }

    /**
     * One thing that happened.
     *
     * @param last inclusive
     * @param atMs milliseconds since 1970
     * @param deliveries so far; one that is under way counts
     */
    public record Entry(Deed deed, long first, long last, long atMs, Who who, int deliveries) {}

    /** The record's key. */
    public static byte[] key(Subject subject) {
        byte[] group = subject.group.getBytes(StandardCharsets.UTF_8);
        byte[] topic = subject.topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer key = ByteBuffer.allocate(1 + 2 + group.length + 2 + topic.length + 16 + 4);
        key.put(VERSION);
        key.putShort((short) group.length).put(group);
        key.putShort((short) topic.length).put(topic);
        key.putLong(subject.topicId.high());
        key.putLong(subject.topicId.low());
        key.putInt(subject.partition);
        return key.array();
    }

    /** What a key says; null if it is of no version that is known. */
    public static @Nullable Subject subject(ByteBuffer key) {
        try {
            ByteBuffer from = key.slice();
            if (from.get() != VERSION) {
                return null;
            }
            String group = text(from, from.getShort() & 0xffff);
            String topic = text(from, from.getShort() & 0xffff);
            return new Subject(
                    group, topic, new Uuid(from.getLong(), from.getLong()), from.getInt());
        } catch (BufferUnderflowException e) {
            return null;
        }
    }

    private static String text(ByteBuffer from, int length) {
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Writes a value, entry after entry. What follows the last in every respect, within {@value
     * #TOGETHER_MS} ms, is one with it. Owned by one loop; used once.
     */
    public static final class Page {
        private static final int FIRST_BYTES = 256;
        private static final long TOGETHER_MS = 50;

        private final Map<Who, Integer> known = new HashMap<>();
        private ByteBuffer bytes = ByteBuffer.allocate(FIRST_BYTES).put(VERSION);
        private @Nullable Entry open;
        private long before;
        private long beforeMs;

        /** Bytes it has, but for its last entry. */
        public int sizeInBytes() {
            return bytes.position();
        }

        public void add(Deed deed, long first, long last, long atMs, Who who, int deliveries) {
            Entry last0 = open;
            if (last0 != null
                    && last0.deed == deed
                    && last0.last + 1 == first
                    && last0.deliveries == deliveries
                    && last0.who.equals(who)
                    && Math.abs(atMs - last0.atMs) <= TOGETHER_MS) {
                open = new Entry(deed, last0.first, last, last0.atMs, who, deliveries);
                return;
            }
            close();
            open = new Entry(deed, first, last, atMs, who, deliveries);
        }

        private void close() {
            Entry entry = open;
            if (entry == null) {
                return;
            }
            reserve(1 + NUMBERS * MAX_VARLONG_BYTES);
            bytes.put(entry.deed.number());
            signed(entry.first - before);
            unsigned(entry.last - entry.first);
            signed(entry.atMs - beforeMs);
            unsigned(entry.deliveries);
            put(entry.who);
            before = entry.last;
            beforeMs = entry.atMs;
            open = null;
        }

        /** Its number in this value; a new one, which is the next, is followed by who that is. */
        private void put(Who who) {
            Integer number = known.get(who);
            if (number != null) {
                unsigned(number);
                return;
            }
            unsigned(known.size());
            known.put(who, known.size());
            put(who.member);
            put(who.client);
            put(who.address);
        }

        private void put(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            reserve(MAX_VARLONG_BYTES + utf8.length);
            unsigned(utf8.length);
            bytes.put(utf8);
        }

        private void signed(long value) {
            unsigned((value << 1) ^ (value >> 63));
        }

        private void unsigned(long value) {
            reserve(MAX_VARLONG_BYTES);
            long left = value;
            while ((left & ~0x7fL) != 0) {
                bytes.put((byte) (left & 0x7f | 0x80));
                left >>>= 7;
            }
            bytes.put((byte) left);
        }

        private void reserve(int more) {
            if (bytes.remaining() < more) {
                ByteBuffer larger =
                        ByteBuffer.allocate(
                                Math.max(2 * bytes.capacity(), bytes.position() + more));
                bytes = larger.put(bytes.flip());
            }
        }

        /** The value, whole. */
        public byte[] take() {
            close();
            byte[] value = new byte[bytes.position()];
            bytes.get(0, value);
            return value;
        }
    }

    /** What a value says; of entries that are not known, or cut, those before. */
    public static List<Entry> entries(ByteBuffer value) {
        List<Entry> entries = new ArrayList<>();
        List<Who> known = new ArrayList<>();
        ByteBuffer from = value.slice();
        try {
            if (from.get() != VERSION) {
                return entries;
            }
            long before = 0;
            long beforeMs = 0;
            while (from.hasRemaining()) {
                Deed deed = Deed.of(from.get());
                long first = before + signed(from);
                long last = first + unsigned(from);
                long atMs = beforeMs + signed(from);
                int deliveries = (int) unsigned(from);
                int number = (int) unsigned(from);
                if (number == known.size()) {
                    known.add(new Who(text(from), text(from), text(from)));
                }
                if (number < 0 || number >= known.size()) {
                    return entries;
                }
                if (deed != null) {
                    entries.add(new Entry(deed, first, last, atMs, known.get(number), deliveries));
                }
                before = last;
                beforeMs = atMs;
            }
        } catch (BufferUnderflowException e) {
            return entries; // whatever wrote that, it was not this
        }
        return entries;
    }

    private static String text(ByteBuffer from) {
        long length = unsigned(from);
        if (length < 0 || length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        return text(from, (int) length);
    }

    private static long signed(ByteBuffer from) {
        long value = unsigned(from);
        return (value >>> 1) ^ -(value & 1);
    }

    private static long unsigned(ByteBuffer from) {
        long value = 0;
        for (int i = 0; i < MAX_VARLONG_BYTES; i++) {
            byte next = from.get();
            value |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw new BufferUnderflowException();
    }
}
