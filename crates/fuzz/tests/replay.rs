//! The seeds, and what fuzzing has found on this machine, hold every property.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use fuzz::{TARGETS, Target};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Runs a target over the files of its folder, and says how many there are.
fn replay(target: Target, folder: PathBuf) -> io::Result<usize> {
    let mut count = 0;
    for file in fs::read_dir(folder)? {
        (target.run)(&fs::read(file?.path())?);
        count += 1;
    }
    Ok(count)
}

#[test]
fn every_seed_holds_its_targets_properties() {
    for target in TARGETS {
        let count = replay(target, folder("seeds").join(target.name)).unwrap();
        assert!(count > 0, "{} has no seed", target.name);
    }
}

#[test]
fn every_past_finding_holds_its_targets_properties() {
    for target in TARGETS {
        let folder = folder("findings").join(target.name);
        if folder.exists() {
            replay(target, folder).unwrap();
        }
    }
}

#[test]
fn every_folder_of_seeds_is_a_targets() {
    let folders = fs::read_dir(folder("seeds")).unwrap();
    let folders: BTreeSet<_> =
        folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(folders, TARGETS.map(|target| target.name.to_owned()).into());
}
