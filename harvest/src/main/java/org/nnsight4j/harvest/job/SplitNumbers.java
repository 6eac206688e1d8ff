package org.nnsight4j.harvest.job;

import java.io.Serializable;
import java.util.SortedMap;

/**
 * What a {@link PromptFunction} found of one split.
 *
 * @param split its number
 * @param firstRow the number of its first row in the dataset
 * @param prompts how many prompts it had
 * @param numbers by name
 */
public record SplitNumbers(int split, long firstRow, int prompts, SortedMap<String, Double> numbers)
    implements Serializable {}
