// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

/// @title Gas of one passkey check, by the way of SettlementLedger and by the library's function alone.
contract PasskeyCost {
    error PasskeyCostInvalidSignature();

    /// @notice Gas of both ways over a valid signature; reverts over any other.
    /// @param signer ERC-7913: verifier (20 bytes), x and y (32 bytes each).
    function measure(bytes calldata signer, bytes32 digest, bytes calldata signature)
        external
        view
        returns (uint256 checker, uint256 library_)
    {
        checker = _byChecker(signer, digest, signature);
        library_ = _byLibrary(bytes32(signer[20:52]), bytes32(signer[52:84]), abi.encodePacked(digest), signature);
    }

    function _byChecker(bytes memory signer, bytes32 digest, bytes memory signature) private view returns (uint256) {
        uint256 start = gasleft();
        bool valid = SignatureChecker.isValidSignatureNow(signer, digest, signature);
        uint256 used = start - gasleft();
        if (!valid) revert PasskeyCostInvalidSignature();
        return used;
    }

    function _byLibrary(bytes32 x, bytes32 y, bytes memory challenge, bytes calldata signature)
        private
        view
        returns (uint256)
    {
        (bool decoded, WebAuthn.WebAuthnAuth calldata given) = WebAuthn.tryDecodeAuth(signature);
        WebAuthn.WebAuthnAuth memory auth = given;
        uint256 start = gasleft();
        bool valid = WebAuthn.verify(challenge, auth, x, y);
        uint256 used = start - gasleft();
        if (!decoded || !valid) revert PasskeyCostInvalidSignature();
        return used;
    }
}
