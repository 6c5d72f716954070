package io.sluice.metadata;

/** A broker that votes, as {@code controller.quorum.voters} names it: {@code id@host:port}. */
public record Voter(int brokerId, Endpoint address) {

    @Override
    public String toString() {
        return brokerId + "@" + address;
    }
}
