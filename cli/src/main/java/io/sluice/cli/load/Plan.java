package io.sluice.cli.load;

import java.util.Map;

/**
 * The load that is wanted.
 *
 * @param records in all; Long.MAX_VALUE lets time decide
 * @param nanos how long to send at most
 * @param valueBytes of each record
 * @param recordsPerSecond over all producers; 0 sends as fast as it goes
 * @param producerConfig of each producer
 * @param consumerConfig of each consumer
 */
record Plan(
        String topic,
        long records,
        long nanos,
        int valueBytes,
        double recordsPerSecond,
        int producers,
        int consumers,
        Map<String, Object> producerConfig,
        Map<String, Object> consumerConfig) {}
