/**
 * The controller: what the cluster is, and who may change it.
 *
 * <p>Start reading at {@link io.sluice.core.controller.ClusterImage}, the state every broker holds,
 * then {@link io.sluice.core.controller.ControllerCommand}, what may be asked. May import {@code
 * core.model} and {@code core.config}.
 */
@NullMarked
package io.sluice.core.controller;

import org.jspecify.annotations.NullMarked;
