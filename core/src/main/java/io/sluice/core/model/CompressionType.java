package io.sluice.core.model;

/** The codecs of a record batch, by the number in its attributes. */
public enum CompressionType {
    NONE("none"),
    GZIP("gzip"),
    SNAPPY("snappy"),
    LZ4("lz4"),
    ZSTD("zstd");

    private static final CompressionType[] BY_ID = values();

    private final String label;

    CompressionType(String label) {
        this.label = label;
    }

    /**
     * The codec of that number.
     *
     * @throws IllegalArgumentException if no codec has it
     */
    public static CompressionType of(int id) {
        if (id < 0 || id >= BY_ID.length) {
            throw new IllegalArgumentException("unknown compression codec " + id);
        }
        return BY_ID[id];
    }

    /** Whether a codec has that number. */
    public static boolean isKnown(int id) {
        return id >= 0 && id < BY_ID.length;
    }

    /** The number in the attributes. */
    public int id() {
        return ordinal();
    }

    /** The name in a configuration. */
    public String label() {
        return label;
    }
}
