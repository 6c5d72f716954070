/**
 * Networks for tests, between hosts that are network namespaces of this machine: each has a TUN
 * device whose packets all go through this process, which drops or delays them as a test says. So
 * every fault is of one direction of one pair of hosts, and the kernel needs neither netem nor a
 * packet filter.
 *
 * <p>Start reading at {@link io.sluice.system.network.Network}.
 */
@NullMarked
package io.sluice.system.network;

import org.jspecify.annotations.NullMarked;
