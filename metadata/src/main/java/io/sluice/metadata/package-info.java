/**
 * The metadata log of a cluster, on a Raft quorum (Apache Ratis); the only package that knows it.
 *
 * <p>Start reading at {@link io.sluice.metadata.RatisMetadataLog}. {@code Replica} is what Ratis
 * sees of us, {@code Proposals} and {@code Questions} are what a broker sends, {@code Membership}
 * is how a broker gets in. docs/adr/ratis.md tells the traps that these are built around.
 *
 * <p>May import engine, core and Ratis.
 */
@NullMarked
package io.sluice.metadata;

import org.jspecify.annotations.NullMarked;
