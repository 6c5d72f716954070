package io.sluice.broker;

/** The user's mistake, in one sentence that names the value and the remedy; exit code 2. */
final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
