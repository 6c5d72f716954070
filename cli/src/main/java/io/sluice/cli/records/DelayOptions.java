package io.sluice.cli.records;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.DurationConverter;
import io.sluice.cli.client.Failure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When a record is to be delivered: the options of all commands that say so, as a mixin. */
public final class DelayOptions {

    /** Says when to deliver again and again. */
    public static final String CRON = "sluice-cron";

    /** The time zone of {@link #CRON}. */
    public static final String CRON_ZONE = "sluice-cron-zone";

    private static final String SETTING = "sluice.delay.enable";

    @Option(
            names = "--delay",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "Deliver in that time from now, such as 90s or 7d.")
    private @Nullable Duration delay;

    @Option(
            names = "--deliver-at",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Deliver at that time, such as 2026-12-24T18:00.")
    private @Nullable Instant deliverAt;

    @Option(
            names = "--cron",
            paramLabel = "EXPRESSION",
            description = {
                "Deliver again and again: minute, hour, day of month, month and day of week, with"
                        + " seconds before them if there are six, such as '0 9 * * MON-FRI'."
            })
    private @Nullable String cron;

    @Option(
            names = "--cron-zone",
            paramLabel = "ZONE",
            description = "The time zone of --cron, such as Europe/Berlin (UTC).")
    private @Nullable String cronZone;

    /** Whether it says when. */
    public boolean given() {
        return delay != null || deliverAt != null || cron != null;
    }

    /** What is wrong with them together; empty if nothing. */
    public String fault() {
        int ways = (delay == null ? 0 : 1) + (deliverAt == null ? 0 : 1) + (cron == null ? 0 : 1);
        if (ways > 1) {
            return "give one of --delay, --deliver-at and --cron.";
        }
        return cronZone != null && cron == null ? "--cron-zone goes with --cron." : "";
    }

    /** Makes sure that the topic takes messages that wait. */
    public void check(Cluster cluster, String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config config =
                Cluster.await(
                        cluster.admin().describeConfigs(List.of(resource)).values().get(resource));
        ConfigEntry entry = config.get(SETTING);
        if (entry == null || !"true".equals(entry.value())) {
            throw new Failure(
                    "'%s' takes no messages that wait: 'sluice config set topic %s %s=true' lets it."
                            .formatted(topic, topic, SETTING));
        }
    }

    /** What tells the broker. */
    public List<Header> headers() {
        List<Header> headers = new ArrayList<>(2);
        if (delay != null) {
            headers.add(header("sluice-delay", Long.toString(delay.toMillis())));
        }
        if (deliverAt != null) {
            headers.add(header("sluice-deliver-at", Long.toString(deliverAt.toEpochMilli())));
        }
        if (cron != null) {
            headers.add(header(CRON, cron));
        }
        if (cronZone != null) {
            headers.add(header(CRON_ZONE, cronZone));
        }
        return headers;
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
