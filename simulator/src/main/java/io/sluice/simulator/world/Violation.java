package io.sluice.simulator.world;

/** A rule of the invariants was broken, or something happened that no rule allows. */
public final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String rule;

    /**
     * @param rule its number among the invariants, as I-8
     */
    public Violation(String rule, String detail) {
        super(rule + ": " + detail);
        this.rule = rule;
    }

    public String rule() {
        return rule;
    }
}
