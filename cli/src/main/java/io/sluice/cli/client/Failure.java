package io.sluice.cli.client;

/** What went wrong, in one sentence that names the value and the remedy. Exit code 1. */
public final class Failure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public Failure(String sentence) {
        super(sentence);
    }

    public Failure(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
