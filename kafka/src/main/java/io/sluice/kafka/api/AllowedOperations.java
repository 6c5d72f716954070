package io.sluice.kafka.api;

/**
 * What a client may do, as the bit field of KIP-430: the number of an operation is its bit. While
 * there are no access rules every client may do everything that the resource knows.
 */
public final class AllowedOperations {

    private static final int READ = 1 << 3;
    private static final int WRITE = 1 << 4;
    private static final int CREATE = 1 << 5;
    private static final int DELETE = 1 << 6;
    private static final int ALTER = 1 << 7;
    private static final int DESCRIBE = 1 << 8;
    private static final int CLUSTER_ACTION = 1 << 9;
    private static final int DESCRIBE_CONFIGS = 1 << 10;
    private static final int ALTER_CONFIGS = 1 << 11;
    private static final int IDEMPOTENT_WRITE = 1 << 12;

    /** On a topic. */
    public static final int TOPIC =
            READ | WRITE | CREATE | DELETE | ALTER | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS;

    /** On the cluster. */
    public static final int CLUSTER =
            CREATE
                    | ALTER
                    | DESCRIBE
                    | CLUSTER_ACTION
                    | DESCRIBE_CONFIGS
                    | ALTER_CONFIGS
                    | IDEMPOTENT_WRITE;

    /** On a group. */
    public static final int GROUP = READ | DELETE | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS;

    private AllowedOperations() {}
}
