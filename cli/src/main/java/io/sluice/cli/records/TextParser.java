package io.sluice.cli.records;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * A record out of a line {@code [name:value,name:value TAB][key SEPARATOR]value}: headers when
 * asked for, a key when there is a separator.
 *
 * @param topic where to
 * @param partition a fixed partition, or null to let the key decide
 * @param keySeparator what ends the key
 * @param marker a key or value that equals it is null
 * @param headers the line starts with headers
 */
record TextParser(
        String topic,
        @Nullable Integer partition,
        Optional<byte[]> keySeparator,
        Optional<byte[]> marker,
        boolean headers)
        implements RecordParser {

    @Override
    public ProducerRecord<byte[], byte[]> parse(byte[] line) {
        int start = 0;
        List<Header> parsed = List.of();
        if (headers) {
            int tab = indexOf(line, new byte[] {'\t'}, 0);
            if (tab < 0) {
                throw new MalformedRecord("there is no tab after the headers");
            }
            parsed = headers(new String(line, 0, tab, StandardCharsets.UTF_8));
            start = tab + 1;
        }
        byte[] key = null;
        if (keySeparator.isPresent()) {
            int end = indexOf(line, keySeparator.get(), start);
            if (end < 0) {
                throw new MalformedRecord(
                        "there is no key separator '"
                                + new String(keySeparator.get(), StandardCharsets.UTF_8)
                                + "'");
            }
            key = orNull(Arrays.copyOfRange(line, start, end));
            start = end + keySeparator.get().length;
        }
        byte[] value = start == 0 ? line : Arrays.copyOfRange(line, start, line.length);
        return new ProducerRecord<>(topic, partition, null, key, orNull(value), parsed);
    }

    private byte @Nullable [] orNull(byte[] bytes) {
        return marker.isPresent() && Arrays.equals(marker.get(), bytes) ? null : bytes;
    }

    private static List<Header> headers(String text) {
        List<Header> headers = new ArrayList<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int colon = part.indexOf(':');
            if (colon <= 0) {
                throw new MalformedRecord("'" + part + "' is not a header of the form name:value");
            }
            headers.add(
                    new RecordHeader(
                            part.substring(0, colon),
                            part.substring(colon + 1).getBytes(StandardCharsets.UTF_8)));
        }
        return headers;
    }

    static int indexOf(byte[] line, byte[] wanted, int from) {
        for (int at = from; at <= line.length - wanted.length; at++) {
            if (Arrays.equals(line, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }
}
