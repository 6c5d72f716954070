package io.sluice.cli.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Lines to records and back. */
final class RecordFormatsTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "(null)" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static TextParser textParser(
            @Nullable String separator, @Nullable String marker, boolean headers) {
        return new TextParser(
                "t",
                null,
                Optional.ofNullable(separator).map(RecordFormatsTest::bytes),
                Optional.ofNullable(marker).map(RecordFormatsTest::bytes),
                headers);
    }

    private static ConsumerRecord<byte[], byte[]> stored(ProducerRecord<byte[], byte[]> record) {
        return new ConsumerRecord<>(
                record.topic(),
                3,
                42,
                record.timestamp() == null ? 1_795_219_949_628L : record.timestamp(),
                TimestampType.CREATE_TIME,
                0,
                0,
                record.key(),
                record.value(),
                new RecordHeaders(record.headers()),
                Optional.empty());
    }

    private static byte[] print(RecordPrinter printer, ConsumerRecord<byte[], byte[]> record)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        printer.print(record, out);
        return out.toByteArray();
    }

    @Test
    void textIsTheValue() {
        ProducerRecord<byte[], byte[]> record = textParser(null, null, false).parse(bytes("a:b"));
        assertThat(record.key()).isNull();
        assertThat(text(record.value())).isEqualTo("a:b");
    }

    @Test
    void textHasKeysNullsAndHeaders() {
        ProducerRecord<byte[], byte[]> record =
                textParser("::", "NIL", true).parse(bytes("a:1,b:\tkey::NIL"));
        assertThat(text(record.key())).isEqualTo("key");
        assertThat(record.value()).isNull();
        assertThat(text(record.headers().lastHeader("a").value())).isEqualTo("1");
        assertThat(text(record.headers().lastHeader("b").value())).isEmpty();
        assertThatThrownBy(() -> textParser(":", null, false).parse(bytes("none")))
                .hasMessageContaining("key separator ':'");
        assertThatThrownBy(() -> textParser(null, null, true).parse(bytes("none")))
                .hasMessageContaining("tab");
        assertThatThrownBy(() -> textParser(null, null, true).parse(bytes("x\tv")))
                .hasMessageContaining("'x'");
    }

    @Test
    void jsonHasEveryField() {
        ProducerRecord<byte[], byte[]> record =
                new JsonParser("t", null)
                        .parse(
                                bytes(
                                        """
                                        {"key":"k","value":{"a":[1,2]},"partition":2,"timestamp":5,
                                        "headers":{"x":"1","y":["2",null],"z":{"base64":"AP8="}}}\
                                        """));
        assertThat(text(record.key())).isEqualTo("k");
        assertThat(text(record.value())).isEqualTo("{\"a\":[1,2]}");
        assertThat(record.partition()).isEqualTo(2);
        assertThat(record.timestamp()).isEqualTo(5);
        assertThat(record.headers().toArray()).hasSize(4);
        assertThat(record.headers().lastHeader("z").value()).containsExactly(0, 0xff);
    }

    @Test
    void jsonErrorsTellWhatIsWrong() {
        JsonParser parser = new JsonParser("t", null);
        assertThatThrownBy(() -> parser.parse(bytes("hello"))).hasMessageContaining("not JSON");
        assertThatThrownBy(() -> parser.parse(bytes("[1]"))).hasMessageContaining("JSON object");
        assertThatThrownBy(() -> parser.parse(bytes("{\"vlaue\":1}")))
                .hasMessageContaining("'vlaue'");
        assertThatThrownBy(() -> parser.parse(bytes("{\"partition\":-1}")))
                .hasMessageContaining("partition -1");
        assertThatThrownBy(() -> parser.parse(bytes("{\"value64\":\"%\"}")))
                .hasMessageContaining("base64");
    }

    @Test
    void whatJsonPrintsItReadsAgain() throws IOException {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            RecordHeaders headers = new RecordHeaders();
            for (int h = random.nextInt(4); h > 0; h--) {
                headers.add("h" + random.nextInt(2), randomBytes(random));
            }
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(
                            "t",
                            3,
                            random.nextLong(1L << 48),
                            randomBytes(random),
                            randomBytes(random),
                            headers);
            byte[] line = print(new JsonPrinter(), stored(record));
            ProducerRecord<byte[], byte[]> again = new JsonParser("t", null).parse(line);
            assertThat(again.key()).as("seed %d", seed).isEqualTo(record.key());
            assertThat(again.value()).as("seed %d", seed).isEqualTo(record.value());
            assertThat(again.partition()).isEqualTo(3);
            assertThat(again.headers().toArray())
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrder(record.headers().toArray());
        }
    }

    private static byte @Nullable [] randomBytes(SplittableRandom random) {
        if (random.nextInt(5) == 0) {
            return null;
        }
        byte[] bytes = new byte[random.nextInt(20)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (bytes[i] & 0x7f);
            }
        }
        return bytes;
    }

    @Test
    void textPrintsTheFieldsAskedFor() throws IOException {
        ConsumerRecord<byte[], byte[]> record =
                stored(
                        new ProducerRecord<>(
                                "t",
                                0,
                                0L,
                                null,
                                bytes("v"),
                                new RecordHeaders().add("a", bytes("1")).add("b", bytes("2"))));
        TextPrinter printer =
                new TextPrinter(
                        List.of(TextPrinter.Field.values()), Separator.bytes("\\t"), bytes("null"));
        assertThat(text(print(printer, record)))
                .isEqualTo("null\tv\t42\t3\t1970-01-01T00:00:00Z\ta:1,b:2\n");
        assertThat(text(print(new RawPrinter(), record))).isEqualTo("v");
    }

    @Test
    void linesAreBytes() throws IOException {
        byte[] input = {'a', (byte) 0xff, '\r', '\n', '\n', 'x', 0, 'y'};
        LineReader reader = new LineReader(new ByteArrayInputStream(input));
        List<byte[]> lines = new ArrayList<>();
        byte[] line;
        while ((line = reader.next()) != null) {
            lines.add(line);
        }
        assertThat(lines)
                .containsExactly(
                        new byte[] {'a', (byte) 0xff, '\r'}, new byte[0], new byte[] {'x', 0, 'y'});
        assertThat(reader.number()).isEqualTo(3);
    }

    @Test
    void aLineMayBeLongerThanTheBuffer() throws IOException {
        byte[] input = new byte[200_000];
        new SplittableRandom(1).nextBytes(input);
        for (int i = 0; i < input.length; i++) {
            if (input[i] == '\n') {
                input[i] = 'n';
            }
        }
        input[150_000] = '\n';
        LineReader reader = new LineReader(new ByteArrayInputStream(input));
        assertThat(reader.next()).hasSize(150_000);
        assertThat(reader.next()).hasSize(49_999);
        assertThat(reader.next()).isNull();
        assertThat(new LineReader(new ByteArrayInputStream(input)).rest()).isEqualTo(input);
    }

    @Test
    void separatorsMayBeWrittenOut() {
        assertThat(Separator.bytes("\\t|\\0\\n\\\\\\x")).isEqualTo(bytes("\t|\0\n\\\\x"));
    }
}
