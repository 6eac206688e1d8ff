/**
 * One decoder with switches, of which the families are configurations: a family reads its
 * config.json into a {@link org.nnsight4j.models.decoder.DecoderSpec} and has a descriptor.
 */
@NullMarked
package org.nnsight4j.models.decoder;

import org.jspecify.annotations.NullMarked;
