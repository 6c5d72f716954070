package io.sluice.cli.schedule;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Which message is meant: its partition, and its id there. */
record MessageId(int partition, long id) {

    static final class Converter implements ITypeConverter<MessageId> {
        @Override
        public MessageId convert(String text) {
            if (!text.matches("\\d{1,9}:\\d{1,18}")) {
                throw new TypeConversionException(
                        "'" + text + "' is no message: write PARTITION:ID, such as 0:42");
            }
            int colon = text.indexOf(':');
            return new MessageId(
                    Integer.parseInt(text.substring(0, colon)),
                    Long.parseLong(text.substring(colon + 1)));
        }
    }

    /** Makes sure that the topic has its partition. */
    void check(Cluster cluster, String topic) {
        int partitions = cluster.topic(topic).partitions().size();
        if (partition >= partitions) {
            throw new Failure(
                    "'%s' has no partition %d: it has 0 to %d."
                            .formatted(topic, partition, partitions - 1));
        }
    }

    @Override
    public String toString() {
        return partition + ":" + id;
    }
}
