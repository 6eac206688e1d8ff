/** Figures in a real browser, by the protocol of its developer tools. */
@NullMarked
package org.nnsight4j.toolkit.browser;

import org.jspecify.annotations.NullMarked;
