package io.sluice.engine.loop;

import java.io.IOException;
import java.util.function.Consumer;

/** The end of work done elsewhere. Exactly one method is called, once, on the owner's loop. */
public interface Completion<T> {

    void succeeded(T value);

    /** The disk failed; the value is not there. */
    void failed(IOException fault);

    static <T> Completion<T> of(Consumer<? super T> succeeded, Consumer<IOException> failed) {
        return new Completion<>() {
            @Override
            public void succeeded(T value) {
                succeeded.accept(value);
            }

            @Override
            public void failed(IOException fault) {
                failed.accept(fault);
            }
        };
    }
}
