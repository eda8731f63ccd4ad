"""1:N search of faces: `storage.contracts.faces` has the promises.

index = ScannedFaces(genuine=genuine)
"""
