package io.sluice.kafka;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.partition.Partition;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Asks many partitions one thing each and answers when all have. Owned by the connection's loop; a
 * question runs on its partition's.
 */
final class PartitionCalls {

    private final KafkaServices services;
    private final KafkaRequest request;
    private final Runnable whenAll;
    private int waiting = 1;

    PartitionCalls(KafkaServices services, KafkaRequest request, Runnable whenAll) {
        this.services = services;
        this.request = request;
        this.whenAll = whenAll;
    }

    /**
     * @param question runs on the partition's loop with the partition and where its answer goes
     * @param answer takes it on the connection's loop
     * @param missing takes the error of a partition that is not here
     */
    <A> void ask(
            String topic,
            int number,
            BiConsumer<Partition, Consumer<A>> question,
            Consumer<A> answer,
            Consumer<ErrorCode> missing) {
        Partition partition = services.partitions().find(new TopicPartition(topic, number));
        if (partition == null) {
            TopicImage image = services.metadata().image().topics().get(topic);
            missing.accept(Missing.why(image, number, false));
            return;
        }
        waiting++;
        partition
                .loop()
                .execute(() ->
                        question.accept(
                                partition,
                                given ->
                                        request.loop()
                                                .execute(() -> {
                                                    answer.accept(given);
                                                    oneDone();
                                                })));
    }

    /** All have been asked. */
    void done() {
        oneDone();
    }

    private void oneDone() {
        if (--waiting == 0) {
            whenAll.run();
        }
    }
}
