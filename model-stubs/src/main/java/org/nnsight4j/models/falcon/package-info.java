/** Falcon: its module tree for users, its configuration of the decoder, and published sizes. */
@NullMarked
package org.nnsight4j.models.falcon;

import org.jspecify.annotations.NullMarked;
