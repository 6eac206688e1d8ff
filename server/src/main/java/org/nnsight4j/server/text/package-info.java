/** Requests in the form of OpenAI's API, recorded as graphs, and their results as answers. */
@NullMarked
package org.nnsight4j.server.text;

import org.jspecify.annotations.NullMarked;
