//! Finished models: bundles, runtimes, network architectures, the model store, the decode-crop-embed chain.
