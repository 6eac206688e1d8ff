/**
 * Qwen 2 and 2.5: its module tree for users, its configuration of the decoder, and published sizes.
 */
@NullMarked
package org.nnsight4j.models.qwen2;

import org.jspecify.annotations.NullMarked;
