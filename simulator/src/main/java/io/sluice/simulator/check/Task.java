package io.sluice.simulator.check;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a record of a queue says of its delivery.
 *
 * @param key null for none
 * @param expiresAtMs from when on it is not delivered; {@link #NEVER} for no such time
 */
public record Task(@Nullable String key, int priority, long expiresAtMs) {

    public static final long NEVER = Long.MAX_VALUE;

    /** Its headers: name, value, name, value. */
    public String[] headers() {
        List<String> all = new ArrayList<>();
        if (priority > 0) {
            all.add("sluice-priority");
            all.add(Integer.toString(priority));
        }
        if (expiresAtMs != NEVER) {
            all.add("sluice-expires-at");
            all.add(Long.toString(expiresAtMs));
        }
        return all.toArray(String[]::new);
    }
}
