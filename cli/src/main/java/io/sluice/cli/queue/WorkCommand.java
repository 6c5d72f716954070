package io.sluice.cli.queue;

import io.sluice.cli.client.Failure;
import io.sluice.cli.records.RecordPrinter;
import io.sluice.cli.records.RecordText;
import io.sluice.cli.terminal.OutputPipe;
import io.sluice.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A command of the shell that works on records, one after the other: the record is its input, its
 * environment tells where it comes from, and its exit status what becomes of it.
 */
final class WorkCommand {

    /** EX_DATAERR of sysexits.h: the input is wrong, and always will be. */
    static final int DATA_ERROR = 65;

    private final String line;
    private final RecordPrinter printer;
    private final Terminal terminal;
    private volatile @Nullable Process running;
    private volatile boolean stopped;

    WorkCommand(String line, RecordPrinter printer, Terminal terminal) {
        this.line = line;
        this.printer = printer;
        this.terminal = terminal;
    }

    /**
     * Runs it, to its end.
     *
     * @param everyMs how often {@code meanwhile} is called while it runs
     */
    AcknowledgeType work(ConsumerRecord<byte[], byte[]> record, long everyMs, Runnable meanwhile) {
        ProcessBuilder builder = new ProcessBuilder(List.of("sh", "-c", line));
        tell(record, builder.environment());
        try {
            Process process = builder.start();
            running = process;
            Thread input = Thread.ofVirtual().start(() -> feed(record, process));
            Thread output =
                    Thread.ofVirtual()
                            .start(() -> copy(process.getInputStream(), terminal.bytes()));
            Thread errors =
                    Thread.ofVirtual().start(() -> copy(process.getErrorStream(), terminal.err()));
            while (!process.waitFor(everyMs, TimeUnit.MILLISECONDS)) {
                meanwhile.run();
            }
            input.join();
            output.join();
            errors.join();
            return stopped ? AcknowledgeType.RELEASE : after(process.exitValue());
        } catch (IOException e) {
            throw new Failure("'sh' cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", e);
        } finally {
            running = null;
        }
    }

    private static void tell(ConsumerRecord<byte[], byte[]> record, Map<String, String> to) {
        to.put("SLUICE_TOPIC", record.topic());
        to.put("SLUICE_PARTITION", Integer.toString(record.partition()));
        to.put("SLUICE_OFFSET", Long.toString(record.offset()));
        to.put("SLUICE_TIMESTAMP", Long.toString(record.timestamp()));
        to.put("SLUICE_DELIVERY", Short.toString(record.deliveryCount().orElse((short) 1)));
        String key = RecordText.of(record.key());
        if (key != null) {
            to.put("SLUICE_KEY", key);
        }
    }

    private void feed(ConsumerRecord<byte[], byte[]> record, Process process) {
        try (OutputStream input = process.getOutputStream()) {
            printer.print(record, input);
        } catch (IOException e) {
            // it did not want to read all of it
        }
    }

    private static void copy(InputStream from, OutputStream to) {
        byte[] buffer = new byte[8 << 10];
        try (from) {
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                to.write(buffer, 0, read);
                to.flush(); // a person wants to see it while it runs
            }
        } catch (IOException e) {
            if (!OutputPipe.isClosed(e)) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static AcknowledgeType after(int exitStatus) {
        return switch (exitStatus) {
            case 0 -> AcknowledgeType.ACCEPT;
            case DATA_ERROR -> AcknowledgeType.REJECT;
            default -> AcknowledgeType.RELEASE;
        };
    }

    /** Ends what runs; its record is released. Any thread. */
    void stop() {
        stopped = true;
        Process process = running;
        if (process != null) {
            List<ProcessHandle> begun = process.descendants().toList();
            process.destroy(); // first: it would go on when what it waits for ends
            begun.forEach(ProcessHandle::destroy);
        }
    }
}
