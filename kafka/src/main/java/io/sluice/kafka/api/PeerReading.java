package io.sluice.kafka.api;

import io.sluice.engine.loop.Completion;
import io.sluice.kafka.peer.PeerAnswer;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.protocol.ApiMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the answer of another broker: reads it, and goes on with what it says, or with nothing if
 * it says nothing that can be used.
 *
 * @param <T> the answer's message
 * @param <R> what it says
 */
final class PeerReading<T extends ApiMessage, R> implements Completion<PeerAnswer> {

    private static final Logger LOG = LoggerFactory.getLogger(PeerReading.class);

    private final T empty;
    private final Function<T, R> reading;
    private final Consumer<R> then;
    private final Runnable otherwise;

    /**
     * @param reading may throw if the answer is none to what was asked
     * @param then one of the two is run, once
     */
    PeerReading(T empty, Function<T, R> reading, Consumer<R> then, Runnable otherwise) {
        this.empty = empty;
        this.reading = reading;
        this.then = then;
        this.otherwise = otherwise;
    }

    @Override
    public void succeeded(PeerAnswer answer) {
        R read;
        try {
            read = reading.apply(answer.readInto(empty));
        } catch (IOException | RuntimeException malformed) {
            LOG.warn("an odd {}: {}", empty.getClass().getSimpleName(), malformed.toString());
            otherwise.run();
            return;
        } finally {
            answer.release();
        }
        then.accept(read);
    }

    @Override
    public void failed(IOException fault) {
        otherwise.run();
    }
}
