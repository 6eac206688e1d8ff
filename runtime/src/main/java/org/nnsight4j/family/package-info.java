/**
 * What an architecture declares about itself: modules, sites, parameters and widths, without an
 * engine.
 */
@NullMarked
package org.nnsight4j.family;

import org.jspecify.annotations.NullMarked;
