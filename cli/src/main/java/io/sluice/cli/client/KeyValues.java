package io.sluice.cli.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Arguments of the form {@code key=value}. */
public final class KeyValues {

    private KeyValues() {}

    /** One pair; the value may be empty and may hold more equals signs. */
    public record Pair(String key, String value) {}

    /** Turns an argument into a pair, or says what is wrong with it. */
    public static final class Converter implements ITypeConverter<Pair> {
        @Override
        public Pair convert(String text) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new TypeConversionException("'" + text + "' is not of the form key=value");
            }
            return new Pair(text.substring(0, equals).strip(), text.substring(equals + 1));
        }
    }

    public static Map<String, String> map(List<Pair> pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (Pair pair : pairs) {
            map.put(pair.key(), pair.value());
        }
        return map;
    }
}
