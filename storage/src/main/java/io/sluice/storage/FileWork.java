package io.sluice.storage;

/**
 * What goes on in a log's folder while the log serves, one at a time: then its files change by
 * appends alone, and by cuts, which wait until it makes way. On the log's loop.
 */
interface FileWork {

    /** Nothing goes on. */
    FileWork NONE = Runnable::run;

    /** Runs the cut once the files may change: now, or later. */
    void makeWay(Runnable cut);

    /** The cut is over. */
    default void cutDone() {}
}
