package org.nnsight4j.models.decoder;

/**
 * Token embeddings that are multiplied by a number inside their module.
 *
 * @param type Hugging Face's class
 */
public record ScaledTokens(String type, double factor) {}
