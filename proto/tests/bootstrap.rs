//! Regenerates the checked-in code from `protos/` and demands no difference.
//!
//! `ACCORD_REGENERATE=1 cargo test -p proto --test bootstrap` writes the new files instead.

use std::{collections::BTreeMap, fs, path::{Path, PathBuf}};

fn proto_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("protos folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            proto_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "proto") {
            found.push(path);
        }
    }
}

fn files_in(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(dir)
        .expect("generated folder")
        .map(|e| e.expect("entry").path())
        .map(|p| (p.file_name().expect("name").to_string_lossy().into_owned(), fs::read(&p).expect("read")))
        .collect()
}

#[test]
fn generated_code_is_what_the_protos_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let protos = root.join("protos");
    let mut files = Vec::new();
    proto_files(&protos, &mut files);
    files.sort();
    let out = tempfile::tempdir().expect("temporary folder");

    let mut compiler = protox::Compiler::new([&protos]).expect("include path");
    compiler.include_imports(true).include_source_info(true).open_files(&files).expect("protos compile");
    let set = compiler.file_descriptor_set();
    // prost-types' set loses custom options, so the descriptor set is written from protox's own bytes.
    let mut plain = protox::Compiler::new([&protos]).expect("include path");
    plain.include_imports(true).include_source_info(false).open_files(&files).expect("protos compile");
    fs::write(out.path().join("descriptor.bin"), plain.encode_file_descriptor_set()).expect("write descriptor");

    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .build_transport(false)
        .out_dir(out.path())
        .compile_fds_with_config(set, config)
        .expect("code generates");

    let generated = root.join("src/gen");
    if std::env::var_os("ACCORD_REGENERATE").is_some() {
        let _ = fs::remove_dir_all(&generated);
        fs::create_dir_all(&generated).expect("gen folder");
        for (name, body) in files_in(out.path()) {
            fs::write(generated.join(name), body).expect("write");
        }
        return;
    }
    let (want, have) = (files_in(out.path()), files_in(&generated));
    assert_eq!(want.keys().collect::<Vec<_>>(), have.keys().collect::<Vec<_>>(), "set of generated files");
    for (name, body) in want {
        assert!(body == have[&name], "proto/src/gen/{name} is stale: ACCORD_REGENERATE=1 cargo test -p proto --test bootstrap");
    }
}
