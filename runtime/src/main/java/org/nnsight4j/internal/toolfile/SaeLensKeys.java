package org.nnsight4j.internal.toolfile;

import java.util.Set;

/** What the keys of SAELens' {@code cfg.json} mean, in all its versions. */
final class SaeLensKeys {
  private static final String TO_BE_FOLDED =
      "means that the weights are for inputs which are scaled first, by numbers that are not in the file; fold them in with SAELens (fold_activation_norm_scaling_factor or fold_activation_whitening), and save it again";

  static final KeyRules RULES =
      KeyRules.refusing("changes the numbers, and nnsight4j does not compute it")
          .known("architecture", "d_in", "d_sae", "d_out", "k", "rescale_acts_by_decoder_norm")
          .known("apply_b_dec_to_input", "finetuning_scaling_factor", "sae_lens_version")
          .known("activation_fn", "activation_fn_str", "activation_fn_kwargs", "metadata")
          // Numbers are always FLOAT32 here, whatever type training used.
          .known("dtype", "device", "act_store_device", "llm_device", "autocast", "autocast_lm")
          // The heads side by side, as in the input of attn.c_proj.
          .only("reshape_activations", Set.of("\"none\"", "\"hook_z\""))
          .only("normalize_activations", normalizations(), TO_BE_FOLDED)
          .only("is_transcoder", KeyRules.OFF)
          // The model, and the place of its values.
          .known("model_name", "model_class_name", "model_kwargs", "model_from_pretrained_kwargs")
          .known("hook_name", "hook_point", "hook_layer", "hook_point_layer", "hook_eval")
          .known("hook_head_index", "hook_point_head_index", "hf_hook_name", "hf_hook_name_out")
          .known("hook_name_out", "hook_layer_out", "hook_head_index_out", "hook_point_eval")
          .known("hook_point_template")
          .known("prepend_bos", "context_size", "seqpos_slice", "exclude_special_tokens")
          .known("neuronpedia_id", "sae_lens_training_version", "version", "store_batch_size")
          .known("dataset_path", "dataset_trust_remote_code", "streaming", "is_dataset_tokenized")
          // The settings of training.
          .known("use_cached_activations", "cached_activations_path", "from_pretrained_path")
          .known("n_batches_in_buffer", "training_tokens", "total_training_tokens", "seed")
          .known("store_batch_size_prompts", "train_batch_size_tokens", "train_batch_size")
          .known("finetuning_tokens", "finetuning_method", "expansion_factor", "b_dec_init_method")
          .known("decoder_orthogonal_init", "decoder_heuristic_init", "decoder_heuristic_init_norm")
          .known("decoder_init_norm", "init_encoder_as_decoder_transpose", "normalize_sae_decoder")
          .known("scale_sparsity_penalty_by_decoder_norm", "mse_loss_normalization", "noise_scale")
          .known("l1_coefficient", "lp_norm", "l1_warm_up_steps", "l0_lambda", "l0_coefficient")
          .known("l0_warm_up_steps", "target_l0", "use_ghost_grads", "ghost_grads_warm_up_steps")
          .known("aux_loss_coefficient", "topk_threshold_lr", "use_sparse_activations")
          .known("pre_act_loss_coefficient", "matryoshka_widths", "use_matryoshka_aux_loss")
          .known("jumprelu_init_threshold", "jumprelu_bandwidth", "jumprelu_tanh_scale")
          .known("jumprelu_sparsity_loss_mode", "jumprelu_ste_to_input", "compile_llm")
          .known("compile_sae", "llm_compilation_mode", "sae_compilation_mode", "adam_beta1")
          .known("adam_beta2", "lr", "lr_scheduler_name", "lr_warm_up_steps", "lr_end")
          .known("lr_decay_steps", "n_restart_cycles", "feature_sampling_window", "verbose")
          .known("dead_feature_window", "dead_feature_threshold", "dead_feature_estimation_method")
          .known("feature_reinit_scale", "resample_batches", "feature_sampling_method")
          .known("log_to_wandb", "log_activations_store_to_wandb", "log_optimizer_state_to_wandb")
          .known("wandb_project", "wandb_id", "wandb_entity", "wandb_log_frequency", "run_name")
          .known("eval_every_n_wandb_logs", "eval_batch_size_prompts", "n_eval_batches")
          .known("n_eval_seqs", "resume", "n_checkpoints", "checkpoint_path", "tokens_per_buffer")
          .known("model_batch_size", "activations_mixing_fraction", "disable_concat_sequences")
          .known("sequence_separator_token", "n_batches_for_norm_estimate", "output_path")
          .noOthers(
              "is no key of SAELens 6.54 or older that nnsight4j knows, and may change the numbers; remove it if it does not")
          .build();

  private SaeLensKeys() {}

  private static Set<String> normalizations() {
    return Set.of("false", "\"none\"", "\"constant_norm_rescale\"", "\"layer_norm\"");
  }
}
