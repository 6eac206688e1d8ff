/** OLMo 2: its module tree for users, its configuration of the decoder, and published sizes. */
@NullMarked
package org.nnsight4j.models.olmo2;

import org.jspecify.annotations.NullMarked;
