"""Model packs: directories of weights with a `pack.toml` that says what each file is.

    pack_dir = ensure_pack(data_dir, choice=None, accept_non_commercial=False, progress=silent)
    models = load_models(pack_dir)

`manifest` has the records, `documents` reads and writes them, `catalogue` holds the packs that
are built in, `pulling` fetches one, `adding` makes one of a directory, whose files `recognizing`
tells apart and `operating_points` gives thresholds, `integrity` compares files with records,
`shelf` knows where packs lie and which one is active, `loading` turns one into models, `enabling`
says which checks need a component that not every pack has.
"""
