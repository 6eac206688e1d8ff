/** Tables of coloured cells as text, SVG and HTML, without an engine or a network. */
@NullMarked
package org.nnsight4j.toolkit.figure;

import org.jspecify.annotations.NullMarked;
