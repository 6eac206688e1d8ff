/**
 * Qwen 3 with experts: its module tree for users, its configuration of the decoder, and published
 * sizes.
 */
@NullMarked
package org.nnsight4j.models.qwen3moe;

import org.jspecify.annotations.NullMarked;
