//! Good weight files are read; hostile ones are refused, whatever is done to them.

use std::path::Path;

use super::*;
use crate::test_support::real_weight_file;

const FILES: [&str; 2] = ["tensors-legacy.pth", "tensors-zip.pth"];

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reference/model");
    std::fs::read(folder.join(name)).unwrap()
}

/// A legacy file whose main pickle is `pickle`, without storages.
fn legacy(pickle: &[u8]) -> Vec<u8> {
    let mut file = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    file.extend(b"\x80\x02M\xe9\x03.");
    file.extend(b"\x80\x02}X\x0d\0\0\0little_endian\x88s.");
    file.extend(pickle);
    file.extend(b"\x80\x02].");
    file
}

fn refusal(bytes: &[u8]) -> String {
    Weights::from_bytes(bytes).unwrap_err().to_string()
}

#[test]
fn both_torch_containers_give_the_same_tensors() {
    for file in FILES {
        let weights = Weights::from_bytes(&fixture(file)).unwrap();
        let names: Vec<&str> = weights.iter().map(|(name, _)| name).collect();
        let expected = ["bias", "empty", "middle", "scale", "transposed", "weight"];
        assert_eq!(names, expected.map(|name| format!("state_dict.layer.{name}")), "{file}");
        let tensor = |name: &str| weights.get(&format!("state_dict.layer.{name}")).unwrap();
        let eighths = |numbers: &[u8]| numbers.iter().map(|&n| f32::from(n) / 8.0).collect::<Vec<_>>();
        assert_eq!(tensor("weight").shape, [3, 4]);
        assert_eq!(tensor("weight").values, eighths(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
        assert_eq!(tensor("transposed").shape, [4, 3]);
        assert_eq!(tensor("transposed").values, eighths(&[0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]));
        assert_eq!(tensor("middle").values, eighths(&[4, 5, 6, 7]));
        assert_eq!(tensor("bias").values, [-1.5, 0.25]);
        assert_eq!(
            (tensor("scale").shape.as_slice(), tensor("scale").values.as_slice()),
            ([].as_slice(), [2.5].as_slice())
        );
        assert_eq!((tensor("empty").shape.as_slice(), tensor("empty").values.len()), ([0, 3].as_slice(), 0));
    }
}

#[test]
fn safetensors_of_all_float_widths_are_read() {
    let numbers = [1.5_f32, -2.0];
    let f32s: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let f16s: Vec<u8> = numbers.iter().flat_map(|n| half::f16::from_f32(*n).to_le_bytes()).collect();
    let bf16s: Vec<u8> = numbers.iter().flat_map(|n| half::bf16::from_f32(*n).to_le_bytes()).collect();
    let view = |kind, bytes| safetensors::tensor::TensorView::new(kind, vec![2], bytes).unwrap();
    use safetensors::Dtype::{BF16, F16, F32, I16};
    let tensors = [
        ("a", view(F32, &f32s)),
        ("b", view(F16, &f16s)),
        ("c", view(BF16, &bf16s)),
        ("d", view(I16, &f16s)),
    ];
    let file = safetensors::serialize(tensors, None).unwrap();
    let weights = Weights::from_bytes(&file).unwrap();
    assert_eq!(weights.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(weights.iter().all(|(_, tensor)| tensor.values == numbers && tensor.shape == [2]));
    for length in 0..file.len() {
        assert!(Weights::from_bytes(&file[..length]).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn a_file_that_would_run_a_program_is_refused() {
    let message = refusal(&legacy(b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R."));
    assert!(message.contains("`posix.system`") && message.contains("state_dict"), "{message}");
    for name in ["builtins\neval", "torch\nload", "torch._utils\n_rebuild_parameter", "torch\nHalfStorage"] {
        let pickle = format!("\u{80}c{name}\n)R.").chars().map(|c| c as u8).collect::<Vec<_>>();
        let pickle = [&pickle[..1], b"\x02", &pickle[1..]].concat();
        assert!(refusal(&legacy(&pickle)).contains(&name.replace('\n', ".")), "{name}");
    }
}

#[test]
fn a_known_name_is_only_called_with_what_tensors_need() {
    for pickle in [
        b"\x80\x02ctorch\nFloatStorage\n)R.".as_slice(),
        b"\x80\x02ccollections\nOrderedDict\n]\x85R.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.",
        b"\x80\x02K\x01K\x02b.",
        b"\x80\x02K\x01a.",
        b"\x80\x02(K\x01u.",
        b"\x80\x02}(K\x01u.",
        b"\x80\x02t.",
        b"\x80\x02h\x05.",
        b"\x80\x02i\n.",
        b"\x80\x07N.",
        b"\x80\x02N.",
        b"\x80\x02X\xff\xff\xff\xffabc.",
    ] {
        assert!(Weights::from_bytes(&legacy(pickle)).is_err(), "{pickle:?}");
    }
    assert!(Weights::from_bytes(&legacy(b"\x80\x02}.")).unwrap().is_empty());
}

#[test]
fn endless_nesting_ends_in_a_refusal() {
    let mut deep = b"\x80\x02".to_vec();
    deep.extend(std::iter::repeat_n(b')', 1));
    deep.extend(std::iter::repeat_n(0x85, 3_000_000));
    deep.push(b'.');
    assert!(refusal(&legacy(&deep)).contains("more than"));
    let mut marks = b"\x80\x02".to_vec();
    marks.extend(std::iter::repeat_n(b'(', 3_000_000));
    assert!(refusal(&legacy(&marks)).contains("marks"));
    let mut wide = b"\x80\x02".to_vec();
    wide.extend(std::iter::repeat_n(b'N', 3_000_000));
    assert!(refusal(&legacy(&wide)).contains("values"));
    // A dictionary that contains itself.
    assert!(refusal(&legacy(b"\x80\x02}q\0X\x01\0\0\0ah\0s.")).contains("deeper"));
}

/// A legacy file with one float storage of `numbers` numbers and one tensor that views it.
fn one_tensor(storage_len: u8, offset: u8, shape: u8, stride: u8, numbers: u8) -> Vec<u8> {
    let mut file = legacy(b"");
    file.truncate(file.len() - b"\x80\x02].".len());
    file.extend(
        b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n",
    );
    file.extend(b"X\x01\0\0\0kX\x03\0\0\0cpuK");
    file.extend([storage_len]);
    file.extend(b"NtQK");
    file.extend([offset, b'K', shape, 0x85, b'K', stride, 0x85, 0x89]);
    file.extend(b"ccollections\nOrderedDict\n)RtRs.");
    file.extend(b"\x80\x02]X\x01\0\0\0ka.");
    file.extend(u64::from(numbers).to_le_bytes());
    file.extend((0..numbers).flat_map(|n| f32::from(n).to_le_bytes()));
    file
}

#[test]
fn a_tensor_cannot_reach_outside_of_its_storage() {
    let good = Weights::from_bytes(&one_tensor(4, 1, 2, 2, 4)).unwrap();
    assert_eq!(good.get("w").unwrap().values, [1.0, 3.0]);
    assert!(refusal(&one_tensor(4, 3, 2, 1, 4)).contains("outside"));
    assert!(refusal(&one_tensor(4, 0, 2, 4, 4)).contains("outside"));
    assert!(refusal(&one_tensor(4, 0, 5, 1, 4)).contains("outside"));
    assert!(refusal(&one_tensor(9, 0, 9, 1, 4)).contains("instead of"));
}

#[test]
fn what_a_pickle_holds_is_limited_whatever_its_length() {
    // An entry of a dictionary that takes ten times its bytes in memory, again and again.
    let mut entries = b"\x80\x02}".to_vec();
    for _ in 0..1_200_000 {
        entries.extend(b"K\x01K\x01s");
    }
    entries.push(b'.');
    assert!(refusal(&legacy(&entries)).contains("values in its containers"));
    let mut appended = b"\x80\x02]".to_vec();
    appended.extend(std::iter::repeat_n(b"Na", 1_200_000).flatten());
    assert!(refusal(&legacy(&appended)).contains("values in its containers"));
    // One tuple as the shape of many tensors: it would be copied for each.
    let mut shape = b"\x80\x02(".to_vec();
    shape.extend(std::iter::repeat_n(b"K\x01", 1000).flatten());
    shape.extend(b"tq\0ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n");
    shape.extend(b"X\x01\0\0\0kX\x03\0\0\0cpuK\x01NtQK\x00h\0h\0\x89NtR.");
    assert!(refusal(&legacy(&shape)).contains("more than 8 extents"));
}

#[test]
fn a_small_file_cannot_fill_the_memory() {
    // One number, seen 255 times by a stride of zero: more than the file has room for.
    assert!(refusal(&one_tensor(1, 0, 255, 0, 1)).contains("far more numbers"));
}

#[test]
fn cut_files_are_refused() {
    for file in FILES {
        let bytes = fixture(file);
        for length in 0..bytes.len() {
            assert!(Weights::from_bytes(&bytes[..length]).is_err(), "{file} cut to {length} bytes");
        }
    }
}

#[test]
fn damaged_files_never_crash_the_reader() {
    for file in FILES {
        let bytes = fixture(file);
        for place in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] ^= change;
                if let Ok(weights) = Weights::from_bytes(&damaged) {
                    let numbers: usize = weights.iter().map(|(_, tensor)| tensor.values.len()).sum();
                    assert!(numbers <= bytes.len() / 2);
                }
            }
        }
    }
}

#[test]
fn real_weights_are_read_whole() {
    let Some(path) = real_weight_file("efficientnet-lite0") else { return };
    let start = std::time::Instant::now();
    let weights = Weights::read(&path).unwrap();
    println!("{} tensors in {:?}", weights.len(), start.elapsed());
    let numbers: usize = weights.iter().map(|(_, tensor)| tensor.values.len()).sum();
    assert_eq!(numbers, 4_694_024);
    assert!(weights.iter().all(|(_, tensor)| tensor.values.iter().all(|value| value.is_finite())));
}
