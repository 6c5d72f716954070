package io.sluice.engine.share;

/** Fields of a JSON object, each with a comma before it. */
final class JsonText {

    private JsonText() {}

    static void field(StringBuilder to, String name, long value) {
        to.append(",\"").append(name).append("\":").append(value);
    }

    static void field(StringBuilder to, String name, String value) {
        to.append(",\"").append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char at = value.charAt(i);
            if (at == '"' || at == '\\') {
                to.append('\\').append(at);
            } else if (at < ' ') {
                to.append("\\u%04x".formatted((int) at));
            } else {
                to.append(at);
            }
        }
        to.append('"');
    }
}
