/** Models of a hub: Hugging Face's cache on disk and downloads into it. */
@NullMarked
package org.nnsight4j.internal.hub;

import org.jspecify.annotations.NullMarked;
