/** The only package that speaks SQL: jobs, events, keys and models on SQLite or PostgreSQL. */
@NullMarked
package org.nnsight4j.server.store;

import org.jspecify.annotations.NullMarked;
