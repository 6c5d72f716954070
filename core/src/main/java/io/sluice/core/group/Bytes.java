package io.sluice.core.group;

import java.util.Arrays;

/** Bytes that members exchange and the broker only carries. Compared by content. */
public final class Bytes {

    public static final Bytes NONE = new Bytes(new byte[0]);

    private final byte[] array;

    /** Takes the array over: nobody may change it afterwards. */
    public Bytes(byte[] array) {
        this.array = array;
    }

    /** To be read only. */
    public byte[] array() {
        return array;
    }

    public int size() {
        return array.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(array);
    }

    @Override
    public String toString() {
        return array.length + " bytes";
    }
}
