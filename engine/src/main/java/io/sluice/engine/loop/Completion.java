package io.sluice.engine.loop;

import java.io.IOException;

/** The end of work done elsewhere. Exactly one method is called, once, on the owner's loop. */
public interface Completion<T> {

    void succeeded(T value);

    /** The disk failed; the value is not there. */
    void failed(IOException fault);
}
