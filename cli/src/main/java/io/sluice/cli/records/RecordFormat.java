package io.sluice.cli.records;

/** How records look as text. */
enum RecordFormat {
    /** A record a line: its value, or the fields that were asked for with separators between. */
    text,
    /** A JSON object a line, with every field of the record. */
    json,
    /** The bytes of values and nothing between them; the whole input is one record. */
    raw
}
