package io.sluice.engine.view;

import io.sluice.engine.view.ViewName.BadNameException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The kinds of views that a broker has, by name. Any thread. */
public final class Views {

    /** None. */
    public static final Views NONE = new Views();

    private final SortedMap<String, Kind> kinds;

    /** Makes views of one kind. */
    @FunctionalInterface
    public interface Kind {

        /**
         * The view that a reader names. Asked for every request, so it is cheap.
         *
         * @throws BadNameException if its values are not what the kind takes
         */
        View of(ViewName name) throws BadNameException;
    }

    /** Of kinds by name. */
    @SafeVarargs
    public Views(Map<String, Kind>... kinds) {
        this.kinds = new TreeMap<>();
        for (Map<String, Kind> some : kinds) {
            this.kinds.putAll(some);
        }
    }

    /**
     * The view that a reader names in the place of its rack.
     *
     * @throws BadNameException if there is none
     */
    public View find(String rack) throws BadNameException {
        ViewName name = ViewName.parse(rack);
        Kind kind = kinds.get(name.name());
        if (kind == null) {
            throw new BadNameException(
                    "there is no view '%s', but %s".formatted(name.name(), kinds.keySet()));
        }
        return kind.of(name);
    }
}
